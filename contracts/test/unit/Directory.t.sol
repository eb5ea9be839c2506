// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "../../src/interfaces/IDirectory.sol";
import {LedgerBase} from "../LedgerBase.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

contract DirectoryTest is LedgerBase {
    uint16 private constant ROLES = 0x21;
    bytes32 private constant PROFILE = keccak256("profile");
    string private constant URL = "https://luz.example/.well-known/anamnesis";

    address private next = addressOf("next operator");

    function unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }

    function admitLuz() private returns (uint32) {
        vm.prank(council);
        return directory.admit(ROLES, 620, luz, START + YEAR, PROFILE, URL);
    }

    function test_constructor_startsEmpty() public view {
        same(directory.organizationCount(), 0, "count");
        same(directory.organizationOf(luz), 0, "organization of an unknown key");
        same(directory.organizationOf(address(0)), 0, "organization of nobody");
        same(uint8(directory.organization(1).status), uint8(IDirectory.Status.None), "status");
        isFalse(directory.isActive(0), "nobody is active");
        isFalse(directory.isActive(1), "unknown is active");
        isFalse(directory.hasRole(0, 0), "nobody has a role");
        same(directory.authority(), address(authority), "authority");
        same(directory.version(), "1.0.0", "version");
    }

    function test_admit_recordsTheOrganization() public {
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationAdmitted(1, luz, ROLES, 620, START + YEAR, PROFILE, URL);
        same(admitLuz(), 1, "id");

        IDirectory.Organization memory found = directory.organization(1);
        same(found.roles, ROLES, "roles");
        same(found.jurisdiction, 620, "jurisdiction");
        same(uint8(found.status), uint8(IDirectory.Status.Active), "status");
        same(found.since, START, "since");
        same(found.operator, luz, "operator");
        same(found.operatorUntil, START + YEAR, "operator until");
        same(found.profileHash, PROFILE, "profile");
        same(directory.organizationOf(luz), 1, "organization of the operator");
        same(directory.organizationCount(), 1, "count");
        isTrue(directory.isActive(1), "active");
    }

    function test_admit_numbersInOrder() public {
        same(admit(luz, 620), 1, "first");
        same(admit(aldhelm, 826), 2, "second");
        same(directory.organizationOf(luz), 1, "first keeps its number");
        same(directory.organizationOf(aldhelm), 2, "second has its own");
    }

    function test_admit_revertsIfNotCouncil() public {
        vm.prank(stranger);
        vm.expectRevert(unauthorized(stranger));
        directory.admit(ROLES, 620, luz, START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorIsZero() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidOperator.selector, address(0)));
        directory.admit(ROLES, 620, address(0), START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorIsTaken() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, luz, 1));
        directory.admit(ROLES, 826, luz, START + YEAR, PROFILE, URL);
    }

    function test_admit_revertsIfOperatorHasEnded() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START, START));
        directory.admit(ROLES, 620, luz, START, PROFILE, URL);
    }

    function test_admit_revertsIfJurisdictionIsNoCode() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidJurisdiction.selector, 0));
        directory.admit(ROLES, 0, luz, START + YEAR, PROFILE, URL);
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidJurisdiction.selector, 1000));
        directory.admit(ROLES, 1000, luz, START + YEAR, PROFILE, URL);
        vm.prank(council);
        directory.admit(ROLES, 999, luz, START + YEAR, PROFILE, URL);
    }

    function test_suspend_silencesOperatorAndRolesAtOnce() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationSuspended(1);
        vm.prank(council);
        directory.suspend(1);
        same(directory.organizationOf(luz), 0, "operator acts");
        isFalse(directory.isActive(1), "active");
        isFalse(directory.hasRole(1, 0), "role");
        same(uint8(directory.organization(1).status), uint8(IDirectory.Status.Suspended), "status");
        same(directory.organization(1).operatorUntil, START + YEAR, "end of the key");
    }

    function test_suspend_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.suspend(1);
    }

    function test_suspend_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 7));
        directory.suspend(7);
    }

    function test_suspend_revertsIfSuspended() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.Directory_WrongStatus.selector, 1, IDirectory.Status.Suspended, IDirectory.Status.Active
            )
        );
        directory.suspend(1);
    }

    function test_reinstate_letsActAgain() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        vm.expectEmit(address(directory));
        emit IDirectory.OrganizationReinstated(1);
        directory.reinstate(1);
        same(directory.organizationOf(luz), 1, "operator");
        isTrue(directory.isActive(1), "active");
        isTrue(directory.hasRole(1, 5), "role");
    }

    function test_reinstate_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(council);
        directory.suspend(1);
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.reinstate(1);
    }

    function test_reinstate_revertsIfActive() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDirectory.Directory_WrongStatus.selector, 1, IDirectory.Status.Active, IDirectory.Status.Suspended
            )
        );
        directory.reinstate(1);
    }

    function test_setRoles_replacesAll() public {
        admitLuz();
        isTrue(directory.hasRole(1, 0) && directory.hasRole(1, 5), "admitted roles");
        isFalse(directory.hasRole(1, 1), "other role");
        vm.expectEmit(address(directory));
        emit IDirectory.RolesChanged(1, 0x8002);
        vm.prank(council);
        directory.setRoles(1, 0x8002);
        isTrue(directory.hasRole(1, 1) && directory.hasRole(1, 15), "new roles");
        isFalse(directory.hasRole(1, 0), "old role");
        isFalse(directory.hasRole(1, 16), "beyond the bitmap");
        isFalse(directory.hasRole(1, 255), "far beyond the bitmap");
    }

    function test_setRoles_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.setRoles(1, 0xff);
    }

    function test_setRoles_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 1));
        directory.setRoles(1, 1);
    }

    function test_rotateOperator_retiresTheOldKeyForEver() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, next, START + 2 * YEAR);
        vm.prank(luz);
        directory.rotateOperator(next, START + 2 * YEAR);
        same(directory.organizationOf(luz), 0, "old key");
        same(directory.organizationOf(next), 1, "new key");
        same(directory.organization(1).operator, next, "operator");
        same(directory.organization(1).operatorUntil, START + 2 * YEAR, "until");

        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, luz));
        directory.rotateOperator(luz, START + YEAR);
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, luz, 1));
        directory.rotateOperator(luz, START + YEAR);
    }

    function test_rotateOperator_renewsTheSameKey() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, luz, START + 3 * YEAR);
        vm.prank(luz);
        directory.rotateOperator(luz, START + 3 * YEAR);
        vm.warp(START + 2 * YEAR);
        same(directory.organizationOf(luz), 1, "renewed");
    }

    function test_rotateOperator_revertsIfStranger() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, stranger));
        directory.rotateOperator(next, START + YEAR);
    }

    function test_rotateOperator_revertsIfExpired() public {
        admitLuz();
        vm.warp(START + YEAR - 1);
        same(directory.organizationOf(luz), 1, "last second");
        vm.warp(START + YEAR);
        same(directory.organizationOf(luz), 0, "first second after");
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, luz));
        directory.rotateOperator(next, START + 2 * YEAR);
    }

    function test_rotateOperator_revertsIfSuspended() public {
        admitLuz();
        vm.prank(council);
        directory.suspend(1);
        vm.prank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, luz));
        directory.rotateOperator(next, START + YEAR);
    }

    function test_rotateOperator_revertsIfNewKeyIsTakenZeroOrEnded() public {
        admitLuz();
        admit(aldhelm, 826);
        vm.startPrank(luz);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_OperatorTaken.selector, aldhelm, 2));
        directory.rotateOperator(aldhelm, START + YEAR);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidOperator.selector, address(0)));
        directory.rotateOperator(address(0), START + YEAR);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START, START));
        directory.rotateOperator(next, START);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_InvalidExpiry.selector, START - 1, START));
        directory.rotateOperator(luz, START - 1);
    }

    function test_replaceOperator_helpsWhenTheKeyHasEnded() public {
        admitLuz();
        vm.warp(START + YEAR);
        vm.expectEmit(address(directory));
        emit IDirectory.OperatorRotated(1, luz, next, START + 2 * YEAR);
        vm.prank(council);
        directory.replaceOperator(1, next, START + 2 * YEAR);
        same(directory.organizationOf(next), 1, "new key");
        same(directory.organizationOf(luz), 0, "old key");
    }

    function test_replaceOperator_keepsASuspension() public {
        admitLuz();
        vm.startPrank(council);
        directory.suspend(1);
        directory.replaceOperator(1, next, START + YEAR);
        same(directory.organizationOf(next), 0, "while suspended");
        directory.replaceOperator(1, next, START + 2 * YEAR);
        same(directory.organizationOf(next), 0, "renewed while suspended");
        directory.reinstate(1);
        same(directory.organizationOf(next), 1, "reinstated");
        same(directory.organizationOf(luz), 0, "old key after reinstatement");
        same(directory.organization(1).operatorUntil, START + 2 * YEAR, "until");
    }

    function test_replaceOperator_revertsIfNotCouncil() public {
        admitLuz();
        vm.prank(luz);
        vm.expectRevert(unauthorized(luz));
        directory.replaceOperator(1, next, START + YEAR);
    }

    function test_replaceOperator_revertsIfUnknown() public {
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_UnknownOrganization.selector, 1));
        directory.replaceOperator(1, next, START + YEAR);
    }

    function test_setProfile_publishesTheNewOne() public {
        admitLuz();
        vm.expectEmit(address(directory));
        emit IDirectory.ProfileChanged(1, keccak256("second"), "https://luz.example/second");
        vm.prank(luz);
        directory.setProfile(keccak256("second"), "https://luz.example/second");
        same(directory.organization(1).profileHash, keccak256("second"), "hash");
    }

    function test_setProfile_revertsIfNotOperator() public {
        admitLuz();
        vm.prank(council);
        vm.expectRevert(abi.encodeWithSelector(IDirectory.Directory_NotOperator.selector, council));
        directory.setProfile(PROFILE, URL);
    }
}
