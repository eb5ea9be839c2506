// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "./interfaces/IConsents.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {ISubjects} from "./interfaces/ISubjects.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Consents
/// @notice See IConsents.
contract Consents is IConsents, EIP712 {
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(address subject,uint32 epoch,uint32 index,uint32 grantee,bytes32 recipient,uint32 categories,"
        "uint16 sensitive,uint32 purposes,uint16 actions,int48 careFrom,int48 careUntil,uint48 validFrom,"
        "uint48 validUntil,bytes32 salt)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("Revoke(address subject,uint32 index)");

    /// @inheritdoc IConsents
    string public constant override version = "1.0.0";

    /// @inheritdoc IConsents
    ISubjects public immutable override subjects;
    /// @inheritdoc IConsents
    IDirectory public immutable override directory;

    mapping(address subject => mapping(uint24 word => uint256 bits)) private _revoked;

    /// @param subjects_ Where controllers and epochs are looked up.
    /// @param directory_ Where grantees are looked up.
    constructor(ISubjects subjects_, IDirectory directory_) EIP712("Anamnesis Consents", "1") {
        subjects = subjects_;
        directory = directory_;
    }

    /// @inheritdoc IConsents
    function revoke(address subject, uint32 index) external override {
        if (msg.sender != subject) {
            address controller = subjects.controllerOf(subject);
            if (msg.sender != controller) revert Consents_NotController(subject, controller, msg.sender);
        }
        _revoke(subject, index);
    }

    /// @inheritdoc IConsents
    function revokeBySig(address subject, uint32 index, bytes calldata signature) external override {
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(REVOKE_TYPEHASH, subject, index)));
        address signer = Signatures.recover(hash, signature);
        if (signer == address(0) || signer != subject) {
            address controller = subjects.controllerOf(subject);
            bool valid = (signer != address(0) && signer == controller)
                || Signatures.isValidByContract(controller, hash, signature);
            if (!valid) revert Consents_InvalidRevocation(subject, index, controller);
        }
        _revoke(subject, index);
    }

    /// @inheritdoc IConsents
    function isRevoked(address subject, uint32 index) public view override returns (bool) {
        return (_revoked[subject][uint24(index >> 8)] >> (index & 0xff)) & 1 == 1;
    }

    /// @inheritdoc IConsents
    function revocationWord(address subject, uint24 word) external view override returns (uint256) {
        return _revoked[subject][word];
    }

    /// @inheritdoc IConsents
    function digest(Consent calldata terms) public view override returns (bytes32) {
        // Every member is of static type, so the ABI encoding of the struct is its EIP-712 encoding.
        return _hashTypedDataV4(keccak256(abi.encode(CONSENT_TYPEHASH, terms)));
    }

    /// @inheritdoc IConsents
    function permits(Consent calldata terms, bytes calldata signature, Request calldata request)
        external
        view
        override
        returns (bool)
    {
        try this.check(terms, signature, request) returns (bytes32) {
            return true;
        } catch {
            return false;
        }
    }

    /// @inheritdoc IConsents
    function check(Consent calldata terms, bytes calldata signature, Request calldata request)
        external
        view
        override
        returns (bytes32 id)
    {
        id = digest(terms);
        _checkTerms(id, terms, request);
        _checkLedger(id, terms, signature);
    }

    /// @dev What the terms themselves say about the request.
    function _checkTerms(bytes32 id, Consent calldata terms, Request calldata request) private pure {
        if (terms.grantee != request.grantee) revert Consents_WrongGrantee(id, terms.grantee, request.grantee);
        if (terms.recipient != 0 && terms.recipient != request.recipient) {
            revert Consents_WrongRecipient(id, terms.recipient, request.recipient);
        }
        if (request.time < terms.validFrom) revert Consents_NotYetValid(id, terms.validFrom, request.time);
        if (request.time >= terms.validUntil) revert Consents_Expired(id, terms.validUntil, request.time);

        uint32 purpose = request.purpose;
        bool onePurpose = purpose != 0 && purpose & (purpose - 1) == 0;
        if (!onePurpose || request.categories == 0 || request.action == 0) {
            revert Consents_InvalidRequest(id, request.categories, purpose, request.action);
        }
        uint32 categories = request.categories & ~terms.categories;
        if (categories != 0) revert Consents_CategoriesNotCovered(id, categories);
        uint16 sensitive = request.sensitive & ~terms.sensitive;
        if (sensitive != 0) revert Consents_SensitiveNotCovered(id, sensitive);
        if (purpose & terms.purposes == 0) revert Consents_PurposeNotCovered(id, purpose);
        uint16 action = request.action & ~terms.actions;
        if (action != 0) revert Consents_ActionNotCovered(id, action);
    }

    /// @dev What the ledger says at this moment: refusals, epoch, grantee, key.
    function _checkLedger(bytes32 id, Consent calldata terms, bytes calldata signature) private view {
        if (isRevoked(terms.subject, terms.index)) revert Consents_Revoked(id, terms.subject, terms.index);
        ISubjects.Subject memory current = subjects.subjectOf(terms.subject);
        if (terms.epoch != current.epoch) revert Consents_WrongEpoch(id, terms.epoch, current.epoch);
        if (!directory.isActive(terms.grantee)) revert Consents_InactiveGrantee(id, terms.grantee);
        if (!Signatures.isValid(current.controller, id, signature)) {
            revert Consents_InvalidSignature(id, current.controller);
        }
    }

    function _revoke(address subject, uint32 index) private {
        uint24 word = uint24(index >> 8);
        uint256 bits = _revoked[subject][word];
        uint256 bit = 1 << (index & 0xff);
        if (bits & bit != 0) return;
        _revoked[subject][word] = bits | bit;
        emit ConsentRevoked(subject, index);
    }
}
