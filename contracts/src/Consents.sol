// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Emergencies} from "./Emergencies.sol";
import {Proxies} from "./Proxies.sol";
import {IConsents} from "./interfaces/IConsents.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {IGuardians} from "./interfaces/IGuardians.sol";
import {ISubjects} from "./interfaces/ISubjects.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Consents
/// @notice See IConsents.
contract Consents is IConsents, Proxies, Emergencies {
    bytes32 private constant CONSENT_TYPEHASH = keccak256(
        "Consent(address subject,uint32 epoch,uint32 index,uint32 grantee,bytes32 recipient,uint32 categories,"
        "uint16 sensitive,uint32 purposes,uint16 actions,int48 careFrom,int48 careUntil,uint48 validFrom,"
        "uint48 validUntil,bytes32 salt)"
    );
    bytes32 private constant REVOKE_TYPEHASH = keccak256("Revoke(address subject,uint32 index)");
    bytes32 private constant REVOKE_MANY_TYPEHASH = keccak256("RevokeMany(address subject,uint24 word,uint256 mask)");

    /// @inheritdoc IConsents
    string public constant override version = "1.0.0";

    /// @inheritdoc IConsents
    ISubjects public immutable override subjects;
    /// @inheritdoc IConsents
    IDirectory public immutable override directory;

    /// @param subjects_ Where controllers and epochs are looked up.
    /// @param directory_ Where grantees are looked up.
    constructor(ISubjects subjects_, IDirectory directory_) EIP712("Anamnesis Consents", "1") {
        subjects = subjects_;
        directory = directory_;
    }

    /// @inheritdoc IConsents
    function revoke(address subject, uint32 index) external override {
        _requireController(subject);
        _revoke(subject, index);
    }

    /// @inheritdoc IConsents
    function revokeBySig(address subject, uint32 index, bytes calldata signature) external override {
        (bool valid, address controller) = _isRefusal(subject, _revokeDigest(subject, index), signature);
        if (!valid) revert Consents_InvalidRevocation(subject, index, controller);
        _revoke(subject, index);
    }

    /// @inheritdoc IConsents
    function revokeMany(address subject, uint24 word, uint256 mask) external override {
        _requireController(subject);
        _revokeMany(subject, word, mask);
    }

    /// @inheritdoc IConsents
    function revokeManyBySig(address subject, uint24 word, uint256 mask, bytes calldata signature) external override {
        bytes32 hash = _hashTypedDataV4(keccak256(abi.encode(REVOKE_MANY_TYPEHASH, subject, word, mask)));
        (bool valid, address controller) = _isRefusal(subject, hash, signature);
        if (!valid) revert Consents_InvalidRevocations(subject, word, mask, controller);
        _revokeMany(subject, word, mask);
    }

    /// @inheritdoc IConsents
    function revokeByGuardians(
        address subject,
        uint32 index,
        IGuardians.GuardianSet calldata set,
        bytes[] calldata signatures
    ) external override {
        subjects.checkGuardians(subject, set, _revokeDigest(subject, index), signatures);
        _revoke(subject, index);
    }

    /// @inheritdoc IConsents
    function revokeAsProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        bytes calldata refusal
    ) external override {
        bytes32 id = digest(terms);
        ISubjects.Subject memory current = _requireEpoch(id, terms);
        // Only what the controller signed counts: else a proxy could make up terms with the index of another consent.
        if (!Signatures.isValid(current.controller, id, signature)) {
            revert Consents_InvalidSignature(id, current.controller);
        }
        Standing memory standing = _follow(terms.subject, current, chain);
        _requireInForce(standing);
        _requireWithin(id, _scopeOf(terms), standing);
        bool refused = msg.sender == standing.proxy
            || Signatures.isValid(standing.proxy, _revokeDigest(terms.subject, terms.index), refusal);
        if (!refused) revert Proxies_InvalidRevocation(standing.id, terms.index, standing.proxy);
        _revoke(terms.subject, terms.index);
    }

    /// @inheritdoc IConsents
    function isRevoked(address subject, uint32 index) external view override returns (bool) {
        return _isRevoked(subject, index);
    }

    /// @inheritdoc IConsents
    function revocationWord(address subject, uint24 word) external view override returns (uint256) {
        return _bitsOf(subject, word);
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
        address controller = _checkLedger(id, terms).controller;
        if (!Signatures.isValid(controller, id, signature)) revert Consents_InvalidSignature(id, controller);
    }

    /// @inheritdoc IConsents
    function permitsByProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        Request calldata request
    ) external view override returns (bool) {
        try this.checkByProxy(terms, signature, chain, request) returns (bytes32) {
            return true;
        } catch {
            return false;
        }
    }

    /// @inheritdoc IConsents
    function checkByProxy(
        Consent calldata terms,
        bytes calldata signature,
        Link[] calldata chain,
        Request calldata request
    ) external view override returns (bytes32 id) {
        id = digest(terms);
        _checkTerms(id, terms, request);
        Standing memory standing = _follow(terms.subject, _checkLedger(id, terms), chain);
        _requireNotRefusedBy(standing, id, terms.index);
        _requireWithin(id, _scopeOf(terms), standing);
        if (!Signatures.isValid(standing.proxy, id, signature)) revert Consents_InvalidSignature(id, standing.proxy);
    }

    /// @inheritdoc Emergencies
    function _directory() internal view override returns (IDirectory) {
        return directory;
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

    /// @dev What the ledger says at this moment: refusals, epoch, grantee. Who has to have signed, is the caller's to judge.
    function _checkLedger(bytes32 id, Consent calldata terms) private view returns (ISubjects.Subject memory current) {
        if (_isRevoked(terms.subject, terms.index)) revert Consents_Revoked(id, terms.subject, terms.index);
        current = _requireEpoch(id, terms);
        if (!directory.isActive(terms.grantee)) revert Consents_InactiveGrantee(id, terms.grantee);
    }

    function _requireEpoch(bytes32 id, Consent calldata terms) private view returns (ISubjects.Subject memory current) {
        current = subjects.subjectOf(terms.subject);
        if (terms.epoch != current.epoch) revert Consents_WrongEpoch(id, terms.epoch, current.epoch);
    }

    function _requireController(address subject) private view {
        if (msg.sender == subject) return;
        address controller = subjects.controllerOf(subject);
        if (msg.sender != controller) revert Consents_NotController(subject, controller, msg.sender);
    }

    /// @dev Whether the subject itself or its controller signed. The controller is looked up only if needed, else it is 0.
    function _isRefusal(address subject, bytes32 hash, bytes calldata signature)
        private
        view
        returns (bool valid, address controller)
    {
        address signer = Signatures.recover(hash, signature);
        if (signer != address(0) && signer == subject) return (true, address(0));
        controller = subjects.controllerOf(subject);
        valid =
            (signer != address(0) && signer == controller) || Signatures.isValidByContract(controller, hash, signature);
    }

    function _revokeDigest(address subject, uint32 index) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(REVOKE_TYPEHASH, subject, index)));
    }

    function _scopeOf(Consent calldata terms) private pure returns (Scope memory) {
        return Scope({
            categories: terms.categories,
            sensitive: terms.sensitive,
            purposes: terms.purposes,
            actions: terms.actions,
            validFrom: terms.validFrom,
            validUntil: terms.validUntil
        });
    }
}
